type Scalar = string | number | boolean;

/** Something that the facts do not settle: what the lab may do of it. It is declared beside the operation that it changes. */
export interface Switch<Name extends string = string, Value extends Scalar = Scalar> {
  name: Name;
  /** The first is what the lab does unless told otherwise. */
  values: readonly [Value, ...Value[]];
  /** Any whole number between these is one too. */
  numbers?: readonly [from: number, to: number];
  /** What it is about. */
  says: string;
  /** What is known, and where that stands. */
  source: string;
  /** What it changes, where that is not what some operations name it for. */
  changes?: string;
}

/** What a switch may stand at. */
export type ValueOf<S extends Switch> = S extends Switch<string, infer Value> ? Value : never;

/** A switch of a few values, the first of them the usual one. */
export function oneOf<const Name extends string, const Values extends readonly [Scalar, ...Scalar[]]>(
  name: Name,
  values: Values,
  says: string,
  source: string,
  changes?: string,
): Switch<Name, Values[number]> {
  return { name, values, says, source, ...(changes !== undefined && { changes }) };
}

/** A status of HTTP that stands for a failure. */
export function status<const Name extends string>(
  name: Name,
  usual: number,
  says: string,
  source: string,
): Switch<Name, number> {
  return { name, values: [usual], numbers: [400, 599], says, source };
}

/** A number of objects, or a word. */
export function orCount<const Name extends string, const Word extends string>(
  name: Name,
  usual: Word,
  says: string,
  source: string,
): Switch<Name, number | Word> {
  return { name, values: [usual], numbers: [1, 1_000_000], says, source };
}

/** How a lab's switches stand. */
export class SwitchStates {
  constructor(private readonly told: Readonly<Record<string, Scalar>>) {}

  /** What a switch stands at: what the lab was told, or its usual value. */
  of<Value extends Scalar>({ name, values }: Switch<string, Value>): Value {
    return (this.told[name] as Value | undefined) ?? values[0];
  }
}
