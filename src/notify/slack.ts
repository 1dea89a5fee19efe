import type { Alert, AlertSeverity } from "./alert.js";
import { fit, fitLines } from "./fit.js";

/** https://docs.slack.dev/reference/block-kit/blocks; `text` is what notifications show. */
export const slackLimits = {
  blocks: 50,
  header: 150,
  section: 3000,
  field: 2000,
  fields: 10,
  text: 4000,
} as const;

type SlackText =
  | { readonly type: "plain_text"; readonly text: string; readonly emoji: false }
  | { readonly type: "mrkdwn"; readonly text: string; readonly verbatim: true };

type SlackBlock =
  | { readonly type: "header"; readonly text: SlackText }
  | { readonly type: "section"; readonly text: SlackText }
  | { readonly type: "section"; readonly fields: readonly SlackText[] };

export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

const marks: Readonly<Record<AlertSeverity, string>> = { error: "🔴", warning: "🟡", info: "🟢" };

/** Blocks. Whatever the text says, nobody is mentioned and nothing becomes a link but our own. */
export function slackMessage(alert: Alert): SlackMessage {
  const { header, section, field, fields: most, blocks: mostBlocks, text } = slackLimits;
  const title = `${marks[alert.severity]} ${alert.title}`;
  const links = alert.links.map((link) => `<${safeUrl(link.url)}|${fit(link.title, 80, escape)}>`);
  const facts = alert.facts
    .slice(0, most)
    .map(({ name, value }) => markup(`*${fit(name, 80, escape)}*\n${fit(value, field - 100, escape)}`));
  const blocks: readonly SlackBlock[] = [
    { type: "header", text: plain(fit(title, header, escape)) },
    ...sectionOf(plain(fit(alert.text, section, escape))),
    ...(facts.length === 0 ? [] : [{ type: "section" as const, fields: facts }]),
    ...alert.lists.flatMap((list) => [
      ...sectionOf(markup(`*${fit(list.title, 80, escape)}*`)),
      ...sectionOf(plain(fitLines(list.lines, section, escape))),
    ]),
    ...(alert.next === null
      ? []
      : sectionOf(markup(`\`${fit(alert.next.replaceAll("`", "'"), section - 2, escape)}\``))),
    ...sectionOf(markup(joined(links, section))),
  ];
  return {
    text: fit(`${title}: ${alert.text}`, text, escape),
    blocks: blocks.slice(0, mostBlocks),
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** Stars, underscores and tildes of a text are nothing else in it. */
const plain = (text: string): SlackText => ({ type: "plain_text", text, emoji: false });

const markup = (text: string): SlackText => ({ type: "mrkdwn", text, verbatim: true });

/** Slack refuses a message with an empty text. */
const sectionOf = (text: SlackText): readonly SlackBlock[] =>
  text.text.trim() === "" ? [] : [{ type: "section", text }];

/** Slack's three control characters: mentions, channels and links all begin with `<`. */
const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Of a link `<url|title>`. */
const safeUrl = (url: string): string =>
  escape(url.replaceAll(/[<>|\s]/g, (sign) => encodeURIComponent(sign)));

/** As many as fit, none of them cut: half a link is none. */
function joined(links: readonly string[], limit: number): string {
  return links.reduce((text, link) => {
    const longer = text === "" ? link : `${text} · ${link}`;
    return longer.length <= limit ? longer : text;
  }, "");
}
