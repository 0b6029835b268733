"use client";

import { type RefObject, useEffect, useRef } from "react";

/** A value that effects may read without running anew when it changes, such as a callback made at each rendering. */
export function useLatest<Value>(value: Value): RefObject<Value> {
  const ref = useRef(value);
  useEffect(() => {
    ref.current = value;
  });
  return ref;
}
