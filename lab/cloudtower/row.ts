/** An object with all its fields, as lists show it. */
export type Row = Record<string, unknown> & { id: string };

/**
 * An object before anybody looks at all of it. Of thousands a list tests the keys and shows a page: the rest of a row is
 * made when it is shown, or when a condition or an order asks for what is no key.
 */
export interface Entry {
  /** Fields of its row that cost little. */
  readonly keys: Row;
  /** The whole row. */
  row(): Row;
}

/** An object by its keys, and by what makes all its other fields. */
export function entry(keys: Row, rest: () => Record<string, unknown> = () => ({})): Entry {
  let made: Row | undefined;
  return {
    keys,
    row() {
      // Into what was made just now: a copy of its many fields would take as long as they did.
      made ??= Object.assign(rest(), keys);
      return made;
    },
  };
}

/** A value that is made when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
