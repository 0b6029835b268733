import type { MaybePromise } from "./maybe-promise.ts";
import type { JsonValue } from "./session.ts";

/**
 * What zod, valibot, arktype and others give: Standard Schema v1, by its shape, so that no package is needed for it.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => MaybePromise<StandardResult<Output>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a {@link StandardSchema} makes of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** Says what a value must be: a schema, or a function that gives the value back and throws what it does not take. */
export type DataValidator<Output = unknown> =
  | StandardSchema<unknown, Output>
  | ((value: unknown) => MaybePromise<Output>);

/** One key of session data, with more to say of it than what its values are. */
export interface DataKeyOptions<Validator extends DataValidator = DataValidator> {
  readonly schema: Validator;
  /** Whether `GET /session` shows it to the client. Default false: it never leaves the server. */
  readonly expose?: boolean;
  /** The most that one value may take, in bytes of JSON. Default 4096. */
  readonly maxBytes?: number;
}

/** The keys that sessions may hold, each with what its values are. */
export type DataDeclarations = Readonly<Record<string, DataValidator | DataKeyOptions>>;

/** What a validator gives. */
export type OutputOf<Validator> =
  Validator extends StandardSchema<infer _Input, infer Output>
    ? Output
    : Validator extends (value: unknown) => infer Output
      ? Awaited<Output>
      : never;

/** What a validator takes. */
export type InputOf<Validator> =
  Validator extends StandardSchema<infer Input, infer _Output> ? Input : OutputOf<Validator>;

type ValidatorOf<Key> = Key extends DataValidator
  ? Key
  : Key extends DataKeyOptions<infer Validator>
    ? Validator
    : never;

/** What stands for a schema where an app has none. */
export type AnyJson = StandardSchema<JsonValue>;

/** What stands for declarations where an app makes none: any JSON under any key. */
export type UndeclaredData = Readonly<Record<string, AnyJson>>;

/** The declarations of an app as they were inferred, or what stands for them. */
export type Declared<Data> = DataDeclarations extends Data ? UndeclaredData : Data;

/** The schema of flash messages as it was inferred, or what stands for it. */
export type DeclaredMessage<Flash> = DataValidator extends Flash ? AnyJson : Flash;

/** The values of session data as they are read. */
export type DataOf<Data> = {
  readonly [Key in keyof Data]: OutputOf<ValidatorOf<Data[Key]>>;
};

/** The values of session data as they are set. */
export type DataInputOf<Data> = {
  readonly [Key in keyof Data]: InputOf<ValidatorOf<Data[Key]>>;
};

type ExposedKey<Data> = {
  [Key in keyof Data]: Data[Key] extends { readonly expose: true } ? Key : never;
}[keyof Data];

/** What `GET /session` shows of session data; undefined where no key is exposed. */
export type ExposedDataOf<Data> = [ExposedKey<Data>] extends [never]
  ? undefined
  : { readonly [Key in ExposedKey<Data>]?: OutputOf<ValidatorOf<Data[Key]>> };

/** Whether this is a schema or a function of {@link DataValidator}. */
export function isValidator(one: unknown): one is DataValidator {
  return typeof one === "function" || isStandard(one);
}

/** Whether this is a schema; some are functions as well. */
export function isStandard(one: unknown): one is StandardSchema {
  if ((typeof one !== "object" || one === null) && typeof one !== "function") return false;
  const standard = (one as Partial<StandardSchema>)["~standard"];
  return standard?.version === 1 && typeof standard.validate === "function";
}

const keyFormat = /^[A-Za-z0-9_.:-]{1,64}$/;

/** Whether data may be kept under a key. */
export function isDataKey(key: string): boolean {
  // Names such as __proto__ would reach into the objects that data is read into.
  return typeof key === "string" && keyFormat.test(key) && !(key in Object.prototype);
}
