import type { ProviderOptions } from "../provider-options.ts";

/** What every preset takes. */
export interface PresetOptions extends ProviderOptions {
  /** Another name than the preset's, where there are two of a kind. */
  readonly name?: string;
}

/** The options with the preset's name, unless another is given. */
export function presetOptions<Options extends PresetOptions>(
  name: string,
  options: Options,
): Options & { readonly name: string } {
  return { ...options, name: options.name ?? name };
}
