/** The folder of PostgreSQL's programs, `initdb` and `postgres`. Installs it where it is missing and can be. */
export function ensurePostgresql(root: string, debian?: string): Promise<string>;
