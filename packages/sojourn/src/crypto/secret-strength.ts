import { commonWordAt, undisguise } from "./common-words.ts";

/** What is left of a secret once everything that needs no guessing is taken out. */
interface Reading {
  readonly words: number;
  readonly patterns: number;
  readonly rest: string;
  /** How many of its characters belong to common words. */
  readonly wordLetters: number;
}

/** Chance makes shorter ones too often. */
const shortestPattern = 4;
const shortestDisguised = 5;
/** Enough to judge by, and little enough to take no time. */
const longestRead = 512;
const keyboardRows = [
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "1234567890",
  "qwertzuiop",
  "azertyuiop",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
];

/** A word of a sentence, a run and a repetition are each worth about one choice among few. */
const bitsPerWord = 4;
const bitsPerPattern = 8;
/** English prose has 1 to 2 bits per letter; words drawn by dice from a long list have about 2. */
const bitsPerLetter = 2;

/**
 * How many bits somebody must guess at least, seen from the text alone. An estimate: it spots what
 * people type, and it never doubts what a random generator gives (32 bytes in hex or base64 count
 * for more than 150 bits). What a list of leaked secrets holds it cannot know.
 */
export function estimateBits(secret: string): number {
  const text = secret.slice(0, longestRead);
  const { words, patterns, rest, wordLetters } = read(text);
  const restBits = isProse(text, wordLetters) ? proseBits(rest) : randomBits(rest);
  return words * bitsPerWord + patterns * bitsPerPattern + restBits;
}

/** Whether common words are part of the text. */
export function containsCommonWord(secret: string): boolean {
  return read(secret.slice(0, longestRead)).words > 0;
}

function read(secret: string): Reading {
  const lower = secret.toLowerCase();
  const plain = undisguise(lower);
  let [words, wordLetters, patterns, rest] = [0, 0, 0, ""];
  for (let at = 0; at < secret.length;) {
    const word = Math.max(commonWordAt(lower, at), disguisedWordAt(plain, at));
    const pattern = Math.max(runAt(lower, at), repetitionAt(lower, at));
    if (word > 0 && word >= pattern) {
      words += 1;
      wordLetters += word;
    } else if (pattern >= shortestPattern) {
      patterns += 1;
    } else {
      rest += secret[at] ?? "";
    }
    at += pattern >= shortestPattern ? Math.max(word, pattern) : Math.max(word, 1);
  }
  return { words, patterns, rest, wordLetters };
}

function disguisedWordAt(plain: string, at: number): number {
  const length = commonWordAt(plain, at);
  return length >= shortestDisguised ? length : 0;
}

/** The length of the run at a position: `aaaa`, `4567`, `fedc`, `asdf`. */
function runAt(text: string, at: number): number {
  const step = text.charCodeAt(at + 1) - text.charCodeAt(at);
  let length = 2;
  if (Math.abs(step) <= 1) {
    while (text.charCodeAt(at + length) - text.charCodeAt(at + length - 1) === step) length += 1;
  }
  for (const row of keyboardRows) length = Math.max(length, sharedLength(text, at, row));
  return length;
}

function sharedLength(text: string, at: number, row: string): number {
  const start = row.indexOf(text[at] ?? " ");
  if (start < 0) return 0;
  const along = (step: number): number => {
    let length = 1;
    while (row[start + length * step] !== undefined && row[start + length * step] === text[at + length])
      length += 1;
    return length;
  };
  return Math.max(along(1), along(-1));
}

/** The length of the longest piece at a position that stood in the text before. */
function repetitionAt(text: string, at: number): number {
  let length = 0;
  while (at + length < text.length && text.indexOf(text.slice(at, at + length + 1)) < at) length += 1;
  return length;
}

/** Whether a text reads like words rather than like chance: common ones, or four and more that are spelled like words. */
function isProse(text: string, wordLetters: number): boolean {
  if (wordLetters > text.length / 3) return true;
  const pieces = text.split(/[\s_.,-]+/);
  const wordLike = pieces.filter((piece) => /^(?:[A-Z]?[a-z]+|[A-Z]+)[!?]?$/.test(piece));
  return wordLike.length >= 4 && wordLike.join("").length > 0.75 * pieces.join("").length;
}

function proseBits(rest: string): number {
  let bits = 0;
  for (const character of rest) {
    if (/\p{L}/u.test(character)) bits += bitsPerLetter;
    else bits += /\d/.test(character) ? Math.log2(10) : 1;
  }
  return bits;
}

/**
 * Shannon's entropy of the characters times their number, with Miller and Madow's correction: a
 * short sample shows too few of the characters that its source has.
 */
function randomBits(rest: string): number {
  const counts = new Map<string, number>();
  for (const character of rest) counts.set(character, (counts.get(character) ?? 0) + 1);
  const total = [...rest].length;
  if (total === 0) return 0;
  let entropy = (counts.size - 1) / (2 * total * Math.LN2);
  for (const count of counts.values()) entropy -= (count / total) * Math.log2(count / total);
  return total * entropy;
}
