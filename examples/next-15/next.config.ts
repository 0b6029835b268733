import type { NextConfig } from "next";

const config: NextConfig = {
  // Passwords are hashed by a native module.
  serverExternalPackages: ["@node-rs/argon2"],
  // `npm run check` checks the types of this repository, against the sources of the library.
  typescript: { ignoreBuildErrors: true, tsconfigPath: "tsconfig.next.json" },
};

export default config;
