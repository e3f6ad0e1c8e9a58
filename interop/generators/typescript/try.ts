// Calls the stand-in with openapi-fetch and the types that openapi-typescript made, signed in with an access token.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const { BASE, ORG, TOKEN } = process.env as { BASE: string; ORG: string; TOKEN: string };
const client = createClient<paths>({ baseUrl: BASE, headers: { Authorization: `Bearer ${TOKEN}` } });
const params = { path: { orgId: ORG } };
const link = "/orgs/{orgId}/liveExport/migrationLink" as const;

const connected = await client.POST(link, { params, body: { linkToken: "the token that Atlas showed" } });
// The types say it: a status is one of two words, and an error has a code.
const status: components["schemas"]["LinkStatus"] | undefined = connected.data?.status;
console.log("connect", status);
const read = await client.GET(`${link}/status`, { params });
console.log("status", read.data?.status);
console.log("disconnect", (await client.DELETE(link, { params })).response.status);
const again = await client.DELETE(link, { params });
const code: string | undefined = again.error?.errorCode;
console.log("disconnect", again.response.status, code);
