/** What goes to reach.json, for clients that have the plan's addresses. */
export interface Reach {
  /** What a stack tells a lab by. */
  lab: true;
  /** The network namespace that the lab listens in, where that is at the plan's own addresses. */
  namespace?: string;
  speed: number | "instant";
  only: boolean;
  /** PEM of the lab's authority. */
  ca: string;
  /** SHA-256 fingerprints of the SSH host keys that a machine may show, by endpoint. */
  hostKeys: Record<string, string[]>;
  endpoints: Record<string, string>;
}
