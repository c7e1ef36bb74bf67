/** A moment of the site's time as CloudTower writes it. */
export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
