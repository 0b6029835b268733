/**
 * Words that people write where a secret should be, and the glue between them. None is spelled with
 * the letters of hexadecimal digits alone, so random hex meets no word by chance.
 */
const words = `
  about accept access account admin after again all allowed also always amazing another any app application are
  auth authentication authorization aware awesome backend base64 based because been before best better big bits
  block broke build but bytes can cannot cat certificate change changed changeit changeme changethis character
  characters chars choose client code company complex complicated config const constant contain contains cookie
  cool correct could create credential crypto custom data database debug default define demo develop developer
  development digest django docker does done dont down each easily else encrypt encrypted encryption enough enter env
  environment even ever every example express extra extremely fake false field fill first for from full generate
  generated generator give good great guess hack hackers hard hash have hello here hidden high highly home horse
  hour how hundred identity important include inject insecure insert inside install instead issuer its json just jwt keep
  key keyboard keys known large laravel least length less letmein letter like list little live load local localhost
  login long longer look mail make management many master maybe message min minimum mobile mock more most much
  must name need needs nest never new next nobody node not nothing now number obviously one only open openssl other
  our over pass passphrase password passwd payload people phrase placeholder please postgres private prod product
  production project provide public put qwerty rails rand random react really refresh remove replace replaceme required
  run safe salt same sample save secret secrets secure secured security server service session set setup shared
  should sign signature signing simple size some someone something spring staple start static store strictly string
  strong stuff such sufficient sufficiently super supposed sure system take temp temporary test testing tests than that
  the their them then there these they thing think thirty this those three time todo token tokens too top true trust
  try two under unique unsafe until update use used user using valid value verify very want was web website well were what
  when where which while who will with within without word words work works world would write wrong you your
`;

const longestFirst = words
  .trim()
  .split(/\s+/)
  .toSorted((a, b) => b.length - a.length);

const word = new RegExp(longestFirst.join("|"), "y");

/** Letters that digits and signs are written for: `p4$$w0rd`. */
const disguises: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
};

/** A text in lower case with its disguises off; it keeps its length, so positions stay. */
export function undisguise(lowerCase: string): string {
  return lowerCase.replaceAll(/[013457@$]/g, (sign) => disguises[sign] ?? sign);
}

/** The length of the longest common word that begins at a position; 0 for none. */
export function commonWordAt(lowerCase: string, position: number): number {
  word.lastIndex = position;
  return word.exec(lowerCase)?.[0].length ?? 0;
}
