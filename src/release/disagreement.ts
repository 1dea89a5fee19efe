import { short } from "../core/commit.js";
import type { Disagreement } from "./history.js";

/** In a sentence, for people. */
export function disagreementInWords({ kind, tag, release, expected, found }: Disagreement): string {
  const at = found === null ? "" : short(found);
  const should = expected === null ? "" : short(expected);
  switch (kind) {
    case "tag-missing":
      return `the tag ${tag} is gone: nothing keeps the files of release ${release} any more`;
    case "tag-moved":
      return `the tag ${tag} stands at ${at}, and release ${release} is ${should}: it is not trusted`;
    case "tag-unknown":
      return `the tag ${tag} stands at ${at}, and no release was made with it: it is not trusted`;
    case "consumer-missing":
      return `there is no tag ${tag}: readers see nothing`;
    case "consumer-unknown":
      return `the tag ${tag} stands at ${at}, which is no release: it was moved by something else`;
    case "consumer-elsewhere":
      return `the tag ${tag} stands at release ${release}, and another was published last${should && ` (${should})`}: it was moved by something else`;
  }
}
