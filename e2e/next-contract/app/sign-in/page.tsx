import { redirect } from "next/navigation";
import { signIn } from "../../lib/auth";

async function enter(form: FormData): Promise<void> {
  "use server";
  await signIn({ userId: form.get("userId") as string, method: "app" }, { remember: form.has("remember") });
  redirect("/private");
}

export default function SignIn() {
  return (
    <form action={enter}>
      <input name="userId" />
      <input name="remember" type="checkbox" />
      <button>Sign in</button>
    </form>
  );
}
