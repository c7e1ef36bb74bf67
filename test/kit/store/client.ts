import { z } from "zod";
import { createHttpClient, type HttpClient } from "../../../providers/kernel/http";
import { pathTo } from "../../../providers/kernel/path";
import type { Context } from "../../../providers/kernel/resource";

/** The store's API: plain http, bare JSON, one session a process. Its own "not found" is 404 with an error text. */
export function store({ connection, workspace }: Context): HttpClient {
  return workspace.shared(`store ${connection.name}`, () =>
    createHttpClient<string>({
      connection: connection.name,
      addresses: connection.addresses,
      scheme: "http",
      notFound: (status) => status === 404,
      login: async (send) => {
        const { data } = await send({
          operation: `log in to ${connection.name}`,
          method: "POST",
          path: pathTo`/login`,
          body: { username: connection.username, password: connection.password },
          idempotent: true,
          schema: z.looseObject({ token: z.string() }),
        });
        return data.token;
      },
      authorise: (headers, token) => {
        headers.authorization = `token ${token}`;
      },
      ...workspace.transport,
    }),
  );
}
