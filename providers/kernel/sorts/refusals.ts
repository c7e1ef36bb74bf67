import { isDeepStrictEqual } from "node:util";
import type { OneWayKind } from "../resource";
import { type Failure, fieldNames, hasUnknown, holdsSecret, sameField } from "../schema";

type Fields = Record<string, unknown>;

/** The refusals of changed inputs of a one-way object that stands: one failure for each changed field. */
export function refuseChange(kind: OneWayKind, stands: Fields, planned: Fields): Failure[] {
  return fieldNames(kind.inputs)
    .filter((name) => name !== "connection" && !kind.free?.includes(name))
    .filter((name) => !hasUnknown(planned[name]) && !sameField(kind.inputs, name, stands[name], planned[name]))
    .map((name) => {
      const field = kind.inputs.shape[name];
      const change =
        field && holdsSecret(field) ? "another secret" : differences(stands[name], planned[name]).join(", ");
      return {
        property: name,
        reason: `cannot be changed on what stands: ${change}; ${kind.procedures[name] ?? kind.procedures[""]}`,
      };
    });
}

/** The refusal of --replace, replaceOnChanges and a tainted state. */
export function refuseReplacement(kind: OneWayKind, label: string): Failure {
  return {
    property: "",
    reason: `${label} stands and is never replaced; ${kind.procedures[""]}. If the site itself has lost it: pulumi refresh, then up`,
  };
}

/**
 * The differences between a value that stands and a planned one, part by part: `[2].hostname stands as "a", planned is
 * "b"`.
 */
export function differences(stands: unknown, planned: unknown, path = ""): string[] {
  if (isDeepStrictEqual(stands, planned)) return [];
  const at = path ? `${path} ` : "";
  if (Array.isArray(stands) && Array.isArray(planned)) {
    if (stands.length !== planned.length) return [`${at}${stands.length} stand, ${planned.length} are planned`];
    return stands.flatMap((item, index) => differences(item, planned[index], `${path}[${index}]`));
  }
  if (isFields(stands) && isFields(planned)) {
    return [...new Set([...Object.keys(stands), ...Object.keys(planned)])].flatMap((key) =>
      differences(stands[key], planned[key], path ? `${path}.${key}` : key),
    );
  }
  return [`${at}stands as ${JSON.stringify(stands) ?? "nothing"}, planned is ${JSON.stringify(planned) ?? "nothing"}`];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
