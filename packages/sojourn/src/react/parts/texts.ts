/** Every text of the parts, in English. `{name}` and the like stand for what is filled in. */
export const englishTexts = {
  close: "Close",
  cancel: "Cancel",
  retry: "Try again",
  loading: "Loading…",
  failed: "That did not work. Try again in a moment.",
  unreachable: "The server cannot be reached. Try again in a moment.",
  rateLimited: "Too many attempts. Try again in {seconds} seconds.",

  email: "E-mail address",
  password: "Password",
  remember: "Stay signed in on this device",
  signIn: "Sign in",
  signingIn: "Signing in…",
  emailMissing: "Enter your e-mail address.",
  passwordMissing: "Enter your password.",
  wrongPassword: "The e-mail address or password is wrong.",

  account: "Account of {name}",
  signOut: "Sign out",
  signingOut: "Signing out…",

  actingAs: "You are acting as {name}.",
  stopActing: "Stop acting",

  sessionsTitle: "Where you are signed in",
  thisDevice: "This device",
  lastActive: "Active {when}",
  activeNow: "Active now",
  endOne: "Sign out {device}",
  endOthers: "Sign out all other devices",
  confirmOne: "Sign out {device}?",
  confirmOneHint: "Whoever uses it has to sign in again.",
  confirmOthers: "Sign out all other devices?",
  confirmOthersHint: "You stay signed in here. Everywhere else one has to sign in again.",
  ending: "Signing out {device}…",
  endedOne: "{device} is signed out.",
  endedOthers: "All other devices are signed out.",
  noOthers: "You are signed in nowhere else.",
  proveTitle: "Confirm that it is you",
  proveHint: "Enter your password to go on.",
  proveElsewhere: "Confirm with {method}",
  confirm: "Confirm",
  wrongProof: "The password is wrong.",

  expiryTitle: "Are you still there?",
  expiryText: "You will be signed out in {time}.",
  stay: "Stay signed in",
  absoluteTitle: "Your session is about to end",
  absoluteText: "It ends in {time}. Save your work; after that you have to sign in again.",
  understood: "OK",
  overTitle: "You have been signed out",
  overIdle: "Nothing was done here for a while.",
  overExpired: "Your session has reached its end.",
  overElsewhere: "Your session was ended elsewhere.",
  signInAgain: "Sign in again",
} as const;

/** The texts of the parts, to be translated in part or in all. */
export type Texts = { readonly [Name in keyof typeof englishTexts]: string };

/** Puts values in their places. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
