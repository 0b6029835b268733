import type { NextConfig } from "next";

const config: NextConfig = { typescript: { ignoreBuildErrors: true, tsconfigPath: "tsconfig.next.json" } };

export default config;
