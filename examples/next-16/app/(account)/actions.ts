"use server";

import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { requireSession, revoke, signOut } from "../../lib/auth";

export async function leave(): Promise<void> {
  await signOut();
  redirect("/");
}

export async function endEverything(): Promise<void> {
  await signOut({ everywhere: true });
  redirect("/");
}

/** Anybody can call an action, at any path: it asks by itself who is there. */
export async function end(form: FormData): Promise<void> {
  await requireSession();
  const sid = form.get("sid");
  if (typeof sid === "string") await revoke(sid);
  revalidatePath("/sessions");
}
