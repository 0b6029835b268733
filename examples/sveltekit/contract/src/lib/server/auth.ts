import { createAuth } from "sojourn";
import { memory } from "sojourn/memory";
import { password } from "sojourn/password";
import { contractSite } from "sojourn/testing";

export const auth = contractSite((site) =>
  createAuth({ ...site.options, store: site.store(memory()), login: [password({ hasher: site.hasher })] }),
);
