import { listen } from "./page.ts";

/** How the tabs of one browser talk. */
export interface Tabs<Message> {
  tell(message: Message): void;
  close(): void;
}

/** A change of the storage is told to all other tabs. What was said is not kept. */
export function byStorage<Message>(name: string, hear: (message: Message) => void): Tabs<Message> {
  // Tokens may be kept under the name itself.
  const own = `${name} news`;
  const close = listen(["storage"], ({ key, newValue }: { key: string | null; newValue: string | null }) => {
    if (key === own && newValue !== null) hear(JSON.parse(newValue) as Message);
  });
  return {
    close,
    tell(message) {
      try {
        localStorage.setItem(own, JSON.stringify(message));
        localStorage.removeItem(own);
      } catch {
        // Without a storage, or with a full one, each tab finds out by itself.
      }
    },
  };
}
