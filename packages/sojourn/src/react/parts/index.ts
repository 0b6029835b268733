"use client";

export { ActiveSessions, type ActiveSessionsProps } from "./active-sessions.tsx";
export { ExpiryDialog, type ExpiryDialogProps } from "./expiry-dialog.tsx";
export { ImpersonationBanner, type ImpersonationBannerProps } from "./impersonation-banner.tsx";
export { PartsProvider, type PartsProviderProps } from "./settings.tsx";
export { SignInForm, type SignInFormProps } from "./sign-in-form.tsx";
export type { PartProps } from "./slots.ts";
export { englishTexts, type Texts } from "./texts.ts";
export { useExpiry, type UseExpiry } from "./use-expiry.ts";
export { UserButton, type UserButtonProps } from "./user-button.tsx";
