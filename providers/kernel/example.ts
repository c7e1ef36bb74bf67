/**
 * What a program would write to have one of a kind: the docs print it as TypeScript, a test compiles that, another has
 * it made, changed and dropped in a lab, and a kind's crash matrix may come of it.
 */
export interface Example<I> {
  /** The inputs. `connection` is the one of the kind's system unless it stands here. */
  args: ExampleArgs<I>;
  /** Inputs that a later plan has otherwise, and that are changed in place. */
  changed?: Partial<ExampleArgs<I>>;
}

type ExampleArgs<I> = Written<Omit<I, "connection"> & Partial<Pick<I, keyof I & "connection">>>;

/** A value of a program's source: as it is, or what stands for it there. */
type Written<T> = T | Term<T> | (T extends object ? { [K in keyof T]: Written<T[K]> } : never);

/** A value of an example that only a run knows. */
export abstract class Term<T> {
  /** For the compiler alone: where it may stand. */
  declare protected readonly value: T;
}

/** Another resource's output: `organization.organizationId`. */
export class OutputTerm<T> extends Term<T> {
  constructor(
    readonly type: string,
    /** Names of fields, and numbers of places in lists. */
    readonly path: readonly (string | number)[],
  ) {
    super();
  }
}

/** A secret setting of the stack: no page shows a password. */
export class SecretTerm extends Term<string> {
  constructor(readonly setting: string) {
    super();
  }
}

/** What a program asks of a file. */
export class FileTerm<T extends string | number> extends Term<T> {
  constructor(
    readonly fact: "size" | "sha256",
    /** From the project's folder. */
    readonly file: string,
  ) {
    super();
  }
}

interface Referred<R> {
  new (...args: never[]): R;
  readonly kind: { readonly type: string };
}
/** What is in an output; `get` is the one method of Pulumi's that tells. */
type OutputOf<R, K extends keyof R> = R[K] extends { get(): infer T } ? T : never;
type ElementOf<T> = T extends readonly (infer E)[] ? E : never;

/** An output of the example of another kind, which stands before this one; of a list, a field of one in it. */
export function output<R, K extends keyof R & string>(resource: Referred<R>, name: K): OutputTerm<OutputOf<R, K>>;
export function output<R, K extends keyof R & string, F extends keyof ElementOf<OutputOf<R, K>> & string>(
  resource: Referred<R>,
  name: K,
  index: number,
  field: F,
): OutputTerm<ElementOf<OutputOf<R, K>>[F]>;
export function output(resource: Referred<unknown>, ...path: (string | number)[]): OutputTerm<unknown> {
  return new OutputTerm(resource.kind.type, path);
}

export function secretSetting(name: string): SecretTerm {
  return new SecretTerm(name);
}

/** Bytes of a file. */
export function sizeOf(file: string): FileTerm<number> {
  return new FileTerm("size", file);
}

/** SHA-256 of a file, hexadecimal. */
export function sha256Of(file: string): FileTerm<string> {
  return new FileTerm("sha256", file);
}

/** A value of an example with each of its terms replaced by what `each` gives for it. */
export function withTerms(value: unknown, each: (term: Term<unknown>) => unknown): unknown {
  if (value instanceof Term) return each(value);
  if (Array.isArray(value)) return value.map((item) => withTerms(item, each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withTerms(item, each)]));
}
