/** How much of where requests come from is ever kept, logged or shown. */
export interface PrivacyRules {
  /** The address: as it is, without its last part (IPv4 /24, IPv6 /48), or not at all. Default `"full"`. */
  readonly ip: "full" | "truncated" | "none";
  /** The user agent: as it was sent, only the browser and system it stands for, or nothing of it. Default `"full"`. */
  readonly userAgent: "full" | "device" | "none";
}

/** What a user agent that was reduced begins with in the store; the digit is the version of the form. */
export const reducedMark = "a1 ";
