import { type Alert, type AlertSeverity } from "./alert.js";
import { fit, fitLines } from "./fit.js";

/** https://docs.discord.com/developers/resources/message#embed-object-embed-limits; the total is over all texts. */
export const discordLimits = {
  title: 256,
  description: 4096,
  fields: 25,
  fieldName: 256,
  fieldValue: 1024,
  footer: 2048,
  total: 6000,
} as const;

interface DiscordField {
  readonly name: string;
  readonly value: string;
  readonly inline: boolean;
}

export interface DiscordMessage {
  readonly allowed_mentions: { readonly parse: readonly never[] };
  readonly embeds: readonly [
    {
      readonly title: string;
      readonly description: string;
      readonly color: number;
      readonly fields: readonly DiscordField[];
      readonly timestamp: string;
    },
  ];
}

const colours: Readonly<Record<AlertSeverity, number>> = {
  error: 0xd03b3b,
  warning: 0xd9a013,
  info: 0x2f8f5b,
};

/** What is most of the room is the text's; lists share what is left. */
const TEXT = 1500;

/** One embed. Nobody is mentioned, whatever the text says, and no markup of it counts. */
export function discordMessage(alert: Alert, at: string): DiscordMessage {
  const { title, fieldName, fieldValue, fields: most, total } = discordLimits;
  const heading = fit(alert.title, title, escape);
  const next = alert.next === null ? [] : [{ name: "Next", value: code(alert.next), inline: false }];
  const links = alert.links.map(({ title: name, url }) => `[${fit(name, 80, escape)}](<${safeUrl(url)}>)`);
  const description = fit(alert.text, TEXT, escape);
  const wanted: readonly DiscordField[] = [
    ...next,
    ...(links.length === 0 ? [] : [{ name: "Links", value: whole(links, fieldValue), inline: false }]),
    ...alert.facts.map(({ name, value }) => ({
      name: fit(name, fieldName, escape),
      value: fit(value, fieldValue, escape),
      inline: value.length <= INLINE,
    })),
    ...alert.lists.map((list) => ({
      name: fit(list.title, fieldName, escape),
      value: fitLines(list.lines, fieldValue, escape),
      inline: false,
    })),
  ].filter(({ name, value }) => name.trim() !== "" && value.trim() !== "");
  const fields: DiscordField[] = [];
  let length = heading.length + description.length;
  for (const field of wanted.slice(0, most)) {
    const size = field.name.length + field.value.length;
    if (length + size > total) continue;
    length += size;
    fields.push(field);
  }
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      { title: heading, description, color: colours[alert.severity], fields: inOrder(fields), timestamp: at },
    ],
  };
}

const INLINE = 40;

/** What to do comes last, however long the rest is. */
const inOrder = (fields: readonly DiscordField[]): readonly DiscordField[] => {
  const isLast = ({ name }: DiscordField): boolean => name === "Next" || name === "Links";
  return [...fields.filter((field) => !isLast(field)), ...fields.filter(isLast)];
};

/** Markdown's signs, and what would make a mention, an emoji, a timestamp or a link of text. */
const escape = (text: string): string => text.replace(/[\\*_~`|>#[\]()<@:+-]/g, String.raw`\$&`);

/** A code span, out of which no sign of the text leads. */
const code = (text: string): string => `\`${fit(text.replaceAll("`", "'"), discordLimits.fieldValue - 2)}\``;

/** Within `<…>` of a link; a cut address would lead elsewhere. */
const safeUrl = (url: string): string => url.replaceAll(/[<>\s]/g, (sign) => encodeURIComponent(sign));

/** As many as fit, none of them cut. */
function whole(lines: readonly string[], limit: number): string {
  const kept: string[] = [];
  let length = -1;
  for (const line of lines) {
    if (length + 1 + line.length > limit) continue;
    length += 1 + line.length;
    kept.push(line);
  }
  return kept.join("\n");
}
