// Makes the tokenizers here and what their makers' programs give for texts. Run once: node make.mjs TEXT...
// with the npm packages tiktoken 1.0.22 (OpenAI's tiktoken) and tokenizers 0.23.2 (Hugging Face's) beside it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Tiktoken } from "tiktoken";
import { Tokenizer } from "tokenizers";

const patterns = {
  gpt2: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  tinypython: String.raw`[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
};
const merges = 320;
const endOfText = "<|endoftext|>";

// GPT-2's printable characters for bytes.
const printable = [];
for (let b = 0, next = 256; b < 256; b++) {
  const self = (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
  printable.push(String.fromCodePoint(self ? b : next++));
}
const spell = (bytes) => [...bytes].map((b) => printable[b]).join("");

function train(text, pattern) {
  const words = new Map();
  for (const [piece] of text.matchAll(new RegExp(pattern, "gu"))) words.set(piece, (words.get(piece) ?? 0) + 1);
  const split = [...words].map(([piece, count]) => ({ parts: [...spell(Buffer.from(piece))], count }));
  const learned = [];
  while (learned.length < merges) {
    const pairs = new Map();
    for (const { parts, count } of split)
      for (let i = 0; i + 1 < parts.length; i++) {
        const key = `${parts[i]} ${parts[i + 1]}`;
        pairs.set(key, (pairs.get(key) ?? 0) + count);
      }
    const [best] = [...pairs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    const [left, right] = best.split(" ");
    learned.push(best);
    for (const word of split) {
      const next = [];
      for (let i = 0; i < word.parts.length; i++) {
        if (word.parts[i] === left && word.parts[i + 1] === right) next.push(left + word.parts[++i]);
        else next.push(word.parts[i]);
      }
      word.parts = next;
    }
  }
  return learned;
}

const texts = [
  "", " ", "\n", "  \n", "a", "I'll say it's what they've done; we're not, I'm, he'd, don't, 'tis 'S 'Re x''s",
  "for item in self.items[10:2024]:\n    total += item.price * 1000000\n\n\n    return total  \n",
  "x = {\"key\": 'it''s', 12345: [1, 22, 333, 4444]}\r\nprint(f\"{x!r}/\")\r\n//\n/\n",
  "tabs\tand\u00a0no-break\u2003spaces \u0085 next  line\u2028end ", "é ü ß ñ Größe naïve Ελλάδα Привет שלום 漢字かな交じり文 한국어",
  "½ ² Ⅷ ٣٤ 1½", "e\u0301 \u200d 👍🏽 👨‍👩‍👧 €100 £20 §3", "<|endoftext|", "a<|endoftext|>b".replace("|>", "| >"),
  "   leading\n   and trailing   ", "\t\t\n\t x", "http://example.org/a/b?c=d&e=f#g", "_private __init__ self._x9 a1b2c3 1a2b",
];
for (const source of process.argv.slice(2)) texts.push(readFileSync(source, "utf8").slice(0, 6000));

const corpus = process.argv.slice(2).map((source) => readFileSync(source, "utf8")).join("\n") + texts.slice(0, 18).join("\n");
for (const [name, pattern] of Object.entries(patterns)) {
  const learned = train(corpus, pattern);
  const ids = {};
  // OpenAI's order of the bytes: the printable ones first.
  const inOrder = [...printable.keys()].sort((a, b) => printable[a].codePointAt(0) - printable[b].codePointAt(0));
  for (const b of inOrder) ids[printable[b]] = Object.keys(ids).length;
  for (const merge of learned) ids[merge.replace(" ", "")] = Object.keys(ids).length;
  ids[endOfText] = Object.keys(ids).length;
  mkdirSync(name, { recursive: true });
  writeFileSync(`${name}/encoder.json`, JSON.stringify(ids));
  writeFileSync(`${name}/vocab.bpe`, `#version: 0.2\n${learned.join("\n")}\n`);
  const cut = name === "gpt2"
    ? { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true }
    : { type: "Sequence", pretokenizers: [
        { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false }] };
  const { [endOfText]: end, ...vocab } = ids;
  const file = JSON.stringify({
    version: "1.0", truncation: null, padding: null,
    added_tokens: [{ id: end, content: endOfText, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
    normalizer: null, pre_tokenizer: cut, post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false,
      byte_fallback: false, ignore_merges: false, vocab, merges: learned.map((merge) => merge.split(" ")) } });
  const hugging = Tokenizer.fromString(file);
  hugging.save(`${name}/tokenizer.json`, false);

  const bytes = Object.fromEntries(printable.map((c, b) => [c, b]));
  const base64 = (entry) => Buffer.from([...entry].map((c) => bytes[c])).toString("base64");
  const ranks = Object.entries(vocab).map(([entry, id]) => `${base64(entry)} ${id}`).join("\n");
  const openai = new Tiktoken(ranks, { [endOfText]: end }, pattern);
  const expected = [];
  for (const text of texts) {
    const one = [...openai.encode_ordinary(text)];
    const other = (await hugging.encode(text, null, { addSpecialTokens: false })).getIds();
    if (one.join() !== [...other].join())
      throw new Error(`${name}: the two programs differ on ${JSON.stringify(text)}:\n${one}\n${[...other]}`);
    expected.push({ text, ids: one });
  }
  writeFileSync(`${name}/expected.json`, JSON.stringify(expected));
}
