import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import "sojourn/react/styles.css";
import "./app.css";

export const metadata: Metadata = { title: "Sojourn in Next.js" };

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" data-rendered="">
      <body>
        <header>
          <Link href="/">Sojourn in Next.js</Link>
          <nav>
            <Link href="/dashboard">Dashboard</Link>
            <Link href="/sessions">Sessions</Link>
          </nav>
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}
