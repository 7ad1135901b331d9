// What a sentence embedder's authors compare its vectors with.
import { Similarity } from "../gen/manifest_pb.ts";
import { SIMILARITY_IDS, type SimilarityId } from "./config.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { ownField } from "./json-file.ts";

const SIMILARITY: Readonly<Record<SimilarityId, Similarity>> = {
  cosine: Similarity.COSINE,
  dot: Similarity.DOT,
  euclidean: Similarity.EUCLIDEAN,
  manhattan: Similarity.MANHATTAN,
};

/** The user's word, else that of config_sentence_transformers.json, else the reference's default. */
export function detectSimilarity(facts: GraphFacts, findings: Findings): Similarity {
  const { value, source } = facts.settings.similarity ?? stated(facts, findings);
  findings.decide("similarity", value, source);
  return SIMILARITY[value];
}

function stated(
  { sentenceTransformersConfig: file }: GraphFacts,
  findings: Findings,
): { readonly value: SimilarityId; readonly source: string } {
  const found = ownField(file?.fields, "similarity_fn_name") ?? undefined;
  const source = `${file?.name}: similarity_fn_name`;
  const value = SIMILARITY_IDS.find((id) => id === found);
  if (value !== undefined) return { value, source };
  if (found !== undefined) {
    const shown = (JSON.stringify(found) ?? "nothing").slice(0, 60);
    findings.problem(
      source,
      `expected one of ${SIMILARITY_IDS.join(", ")}: found ${shown}: choose one with --similarity`,
    );
  }
  return {
    value: "cosine",
    source: "default: no config_sentence_transformers.json says otherwise",
  };
}
