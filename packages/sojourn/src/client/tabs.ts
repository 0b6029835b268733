import type { Tabs } from "./storage-tabs.ts";

/**
 * Opens the line between the tabs of this origin. No secret may go over it: any script of the origin can listen.
 *
 * @param hear what the other tabs say; never what this one said.
 */
export function openTabs<Message>(name: string, hear: (message: Message) => void): Tabs<Message> {
  if (typeof BroadcastChannel === "undefined") {
    const loading = import("./storage-tabs.ts").then(({ byStorage }) => byStorage(name, hear));
    return {
      tell: (message) => void loading.then((tabs) => tabs.tell(message)),
      close: () => void loading.then((tabs) => tabs.close()),
    };
  }
  type Channel = InstanceType<typeof BroadcastChannel> & { unref?(): void };
  const channel = new BroadcastChannel(name) as Channel;
  let open: Channel | null = channel;
  channel.addEventListener("message", (event) => hear((event as unknown as { readonly data: Message }).data));
  // In Node an open line would keep the process alive.
  channel.unref?.();
  return {
    // What is still under way when it is closed has nobody to tell: the platform would throw.
    tell: (message) => open?.postMessage(message),
    close() {
      channel.close();
      open = null;
    },
  };
}
