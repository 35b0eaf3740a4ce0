import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { AdminStrings } from "../../admin_strings.ts";
import type { Administration } from "../../state/administration.ts";
import { useApp } from "../context.ts";
import { ReportList } from "../rooms/reports.tsx";

/** The open reports, and what becomes of them. */
export function ReportsTab(
  { state, words }: { state: Administration; words: AdminStrings },
): JSX.Element {
  const { chat } = useApp();
  const list = chat.reports.list.value;
  // Reports that have been closed are in the audit log.
  useEffect(() => void state.refresh(), [list]);
  return (
    <>
      <p class="hint">{words.reportsHint}</p>
      <ReportList />
    </>
  );
}
