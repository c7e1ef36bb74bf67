import axios from "axios";

/** axios as far as it is wanted: one exchange as it is written, its answer as it comes. */
export const wire = axios.create({
  adapter: "http",
  proxy: false,
  maxRedirects: 0,
  responseType: "stream",
  validateStatus: () => true,
  transformRequest: (data: unknown) => data,
  transformResponse: (data: unknown) => data,
});
