/**
 * Secrets that stand in manuals, tutorials, templates and generators' sample pages, and so on every
 * list of guesses. Those that a glance at the text gives away are here for the clearer message;
 * those that look random can only be known by name.
 */
const knownSecrets: readonly string[] = [
  // The standards' own examples: RFC 7515 §A.1, RFC 7520 §3.5.
  "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
  "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",

  // jwt.io and the manuals of JWT libraries.
  "secret",
  "your-256-bit-secret",
  "your-384-bit-secret",
  "your-512-bit-secret",
  "a-string-secret-at-least-256-bits-long",
  "secretOrPrivateKey",
  "cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2",
  "zH4NRP1HMALxxCFnRZABFA7GOJtzU_gIj02alfL1lvI",

  // Node: express-session, iron-session, Fastify, Hono, NestJS, Auth.js, Better Auth, Keystone, Strapi, Directus.
  "keyboard cat",
  "complex_password_at_least_32_characters_long",
  "a secret with minimum length of 32 characters",
  "averylogphrasebiggerthanthirtytwochars",
  "supersecret",
  "it-is-very-secret",
  "mySecretKey",
  "DO NOT USE THIS VALUE. INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE OUTSIDE OF THE SOURCE CODE.",
  "openssl rand -base64 32",
  "openssl rand -hex 32",
  "npx auth secret",
  "better-auth-secret-123456789",
  "better-auth-secret-12345678901234567890",
  "-- DEV COOKIE SECRET; CHANGE ME --",
  "toBeModified1",
  "255d861b-5ea1-5996-9aa3-922530ec40b1",
  "6116487b-cda1-52c2-b5b5-c8022c45e263",
  "appsecret321",
  "s3cret1",

  // Supabase, Hasura, PostgREST, Ory, Superset and other things one runs from a compose file.
  "super-secret-jwt-token-with-at-least-32-characters-long",
  "your-super-secret-jwt-token-with-at-least-32-characters-long",
  "UpNVntn3cDxHJpq99YMc1T1AQgQpc8kfYTuRgBiYa15BLrx8etQoXz3gZv1/u2oq",
  "your-encryption-key-32-chars-min",
  "3EK6FD+o0+c7tzBNVfjpMkNDi2yARAAKzQlk8O2IKoxQu4nF7EdAh8s3TwpHwrdWT6R",
  "reallyreallyreallyreallyverysafe",
  "PLEASE-CHANGE-ME-I-AM-VERY-INSECURE",
  "32-LONG-SECRET-NOT-SECURE-AT-ALL",
  "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET",
  "TEST_NON_DEV_SECRET",
  "SW2YcwTIb9zpOOhoPsMm",
  "replace_with_lengthy_secure_hex",
  "insecure_session_secret",

  // Python: FastAPI, Flask, Django.
  "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
  "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
  "django-insecure-",

  // Java and Kotlin: the Spring Security tutorials, with the outputs of one popular key generator.
  "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
  "413F4428472B4B6250655368566D5970337336763979244226452948404D6351",
  "5367566B59703373367639792F423F4528482B4D6251655468576D5A71347437",
  "586E3272357538782F413F4428472B4B6250655368566B597033733676397924",
  "3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b",
  "daf66e01593f61a15b857cf433aae03a005812b31234e149036bcc8dee755dbb",
  "======================BezKoder=Spring===========================",
  "bezKoderSecretKey",
  "javainuse",
  "afafasfafafasfasfasfafacasdasfasxASFACASDFACASDFASFASFDAFASFASDAADSCSDFADCVSGCFVADXCcadwavfsfarvf",

  // .NET.
  "401b09eab3c013d4ca54922bb802bec8fd5318192b0a75f201d8b3727429090fb337591abd3e44453b954555b7a0812e1081c39b740293f765eae731f5a65ed1",
  "JWTAuthenticationHIGHsecuredPasswordVVVp1OH7Xzyr",
  "ByYM000OLlMQG6VVVp1OH7Xzyr7gHuw1qvUC5dcGt3SNM",
  "DhftOS5uphK3vmCJQrexST1RsyjZBjXWRgJMFPU4",
  "THIS IS USED TO SIGN AND VERIFY JWT TOKENS, REPLACE IT WITH YOUR OWN SECRET, IT CAN BE ANY STRING",
  "this is my custom Secret key for authentication",
  "b14ca5898a4e4133bbce2ea2315a1916",

  // PHP and Ruby.
  "SomeRandomStringWith32Characters",
  "ThisTokenIsNotSoSecretChangeIt",

  // Hashes of nothing, of "secret" and of "password": they look random and are anything but.
  "d41d8cd98f00b204e9800998ecf8427e",
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "5ebe2294ecd0e0f08eab7690d2a6ee69",
  "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
  "5f4dcc3b5aa765d61d8327deb882cf99",
  "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",

  // Sentences that everybody thinks of.
  "correcthorsebatterystaple",
  "the quick brown fox jumps over the lazy dog",
  "don't tell anybody and don't check in in source control",
  "lorem ipsum dolor sit amet consectetur adipiscing elit",
  "all work and no play makes jack a dull boy",
  "supercalifragilisticexpialidocious",
  "abcdefghijklmnopqrstuvwxyz1234567890",
  "never gonna give you up never gonna let you down",
];

/** The separators that the same sentence is written with, or without. */
const separators = /[\s_.,;!-]+/g;

const known = new Set(knownSecrets.map(normalized));
/** A known secret inside a longer one, such as `test-<known>`, is as good as alone. */
const longKnown = [...known].filter((secret) => secret.length >= 12);

/** Whether a secret is, or contains, one that everybody can read somewhere. Upper and lower case are one. */
export function isPubliclyKnown(secret: string): boolean {
  const text = normalized(secret);
  return known.has(text) || longKnown.some((part) => text.includes(part));
}

function normalized(secret: string): string {
  return secret.toLowerCase().replaceAll(separators, "");
}
