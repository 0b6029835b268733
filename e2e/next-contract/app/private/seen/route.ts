const told = [
  "x-user-id",
  "x-session-id",
  "x-session-kind",
  "x-actor-id",
  "x-sojourn-path",
  "x-sojourn-renewed",
];

/** What reaches the app of who is signed in, and of what a client claims. */
export function GET(request: Request): Response {
  return Response.json(Object.fromEntries(told.map((name) => [name, request.headers.get(name)])));
}
