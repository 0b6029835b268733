import type { SessionListEntry } from "sojourn/client";
import { whileBusy } from "./busy.ts";
import { client, onSession } from "./client.ts";
import { askToConfirm } from "./confirm-dialog.ts";
import { element, part, setText } from "./elements.ts";
import { explain, isSignedOut } from "./failures.ts";
import { confirmed } from "./step-up-dialog.ts";
import { timeAgo } from "./time-text.ts";
import { showToast } from "./toast.ts";

const list = element("devices", HTMLUListElement);
const title = element("devices-title", HTMLHeadingElement);
const hint = element("devices-hint", HTMLParagraphElement);
const others = element("revoke-others", HTMLButtonElement);
const template = element("device-row", HTMLTemplateElement);
/** Rows are kept by session, so that what is focused or busy stays so through each refresh. */
const rows = new Map<string, HTMLLIElement>();
let devices: readonly SessionListEntry[] = [];
/** Grows with whatever happens here, so that a list which was on its way meanwhile can be told to be old. */
let revision = 0;
let underWay: Promise<void> | null = null;

/** Shows where the user is signed in, and signs out from there. */
export function showDeviceList(): void {
  onSession(({ user, session }, before) => {
    if (session === before?.session) return;
    revision += 1;
    if (user?.id !== before?.user?.id) show([]);
    void refreshDevices();
  });
  others.addEventListener("click", () => void revokeOthers());
}

/** Asks again where the user is signed in. Calls at the same time share one request. */
export function refreshDevices(): Promise<void> {
  underWay ??= fetchDevices().finally(() => {
    underWay = null;
  });
  return underWay;
}

async function fetchDevices(): Promise<void> {
  if (client.$session.get().status !== "signed-in") return;
  const before = revision;
  const { ok, data, error } = await client.sessions.list();
  if (before !== revision) return fetchDevices();
  if (ok) show(data);
  // It may be an outage: then the page says so, and the client asks until it is over.
  else if (!isSignedOut(error)) await client.getSession();
}

/** Brings "2 minutes ago" up to date; once a second. */
export function tickDeviceList(): void {
  for (const device of devices) setText(part(rowOf(device), ".device-meta", HTMLElement), metaOf(device));
}

function show(next: readonly SessionListEntry[]): void {
  devices = next;
  const ordered = devices.toSorted((a, b) => Number(b.current) - Number(a.current));
  const hadFocus = list.contains(document.activeElement);
  for (const [sid, row] of rows) {
    if (devices.some((device) => device.sid === sid)) continue;
    row.remove();
    rows.delete(sid);
  }
  ordered.forEach((device, i) => {
    const row = rowOf(device);
    if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null);
  });
  hint.hidden = devices.length !== 1;
  others.hidden = devices.length < 2;
  // The button that was pressed is gone; without this, the keyboard would be back at the top of the page.
  if (hadFocus && !list.contains(document.activeElement) && devices.length > 0) title.focus();
}

function rowOf(device: SessionListEntry): HTMLLIElement {
  const known = rows.get(device.sid);
  if (known !== undefined) return known;
  const row = part(template.content, "li", HTMLLIElement).cloneNode(true) as HTMLLIElement;
  rows.set(device.sid, row);
  row.classList.toggle("current", device.current);
  part(row, "use", SVGUseElement).setAttribute("href", `/icons.svg#${device.device.type}`);
  setText(part(row, ".device-name", HTMLElement), device.device.name);
  setText(part(row, ".device-meta", HTMLElement), metaOf(device));
  part(row, ".here", HTMLElement).hidden = !device.current;
  const button = part(row, "button", HTMLButtonElement);
  button.hidden = device.current;
  button.setAttribute("aria-label", `Sign out ${device.device.name}`);
  button.addEventListener("click", () => void askAndRevoke(device, button));
  return row;
}

function metaOf({ ip, lastSeenAt }: SessionListEntry): string {
  const seen = timeAgo(client.now() - Date.parse(lastSeenAt));
  return ip === null ? seen : `${ip} • ${seen}`;
}

async function askAndRevoke(entry: SessionListEntry, button: HTMLButtonElement): Promise<void> {
  const question = `Sign out ${entry.device.name}?`;
  const agreed = await askToConfirm({
    title: question,
    text: "Whoever uses it has to sign in again.",
    yes: "Sign out",
  });
  if (agreed) await whileBusy(button, () => revoke(entry));
}

async function revoke({ sid, device }: SessionListEntry): Promise<void> {
  const result = await confirmed(() => client.sessions.revoke(sid));
  if (!result.ok) return explain(result.error);
  forget((other) => other.sid === sid);
  showToast(`${device.name} is signed out.`);
}

async function revokeOthers(): Promise<void> {
  const question = {
    title: "Sign out all other devices?",
    text: "You stay signed in here.",
    yes: "Sign out all others",
  };
  if (!(await askToConfirm(question))) return;
  await whileBusy(others, async () => {
    const result = await confirmed(() => client.sessions.revokeOthers());
    if (!result.ok) return explain(result.error);
    const { ended } = result.data;
    title.focus();
    forget((other) => !other.current);
    showToast(ended === 1 ? "One other device is signed out." : `${ended} other devices are signed out.`);
  });
}

/** Takes sessions off the list before the server is asked again: a reply that is on its way may still hold them. */
function forget(gone: (device: SessionListEntry) => boolean): void {
  revision += 1;
  show(devices.filter((device) => !gone(device)));
  void refreshDevices();
}
