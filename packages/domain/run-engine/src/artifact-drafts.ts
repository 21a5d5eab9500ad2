import type { ArtifactDraft } from './process-definition.ts';

/** A chart, as SVG text. */
export function chartArtifact(name: string, svg: string): ArtifactDraft {
  return { kind: 'chart', name, mediaType: 'image/svg+xml', content: svg };
}

/** Plain data, as JSON text. */
export function jsonArtifact(kind: string, name: string, content: unknown): ArtifactDraft {
  return { kind, name, mediaType: 'application/json', content: JSON.stringify(content) };
}

/** What a person reads about a run, line by line as Markdown. */
export function reportArtifact(lines: readonly string[]): ArtifactDraft {
  return {
    kind: 'performance_report',
    name: 'performance_report.md',
    mediaType: 'text/markdown; charset=utf-8',
    content: lines.join('\n'),
  };
}
