import type { ReactNode } from "react";

export const metadata = { title: "The adapter contract", icons: { icon: "data:," } };

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" data-rendered="">
      <body>{children}</body>
    </html>
  );
}
