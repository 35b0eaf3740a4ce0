import "../shared.ts";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ADMIN_STRINGS, type AdminStrings } from "../../admin_strings.ts";
import { Administration } from "../../state/administration.ts";
import { errorWords } from "../../strings.ts";
import { ADMIN_TABS, type AdminTab, useApp, useStrings } from "../context.ts";
import { ADMIN_ADDRESS, visit } from "../address.ts";
import { AuditTab } from "./audit_tab.tsx";
import { InvitesTab } from "./invites_tab.tsx";
import { PeopleTab } from "./people_tab.tsx";
import { ReportsTab } from "./reports_tab.tsx";
import { RoomsTab } from "./rooms_tab.tsx";
import { SettingsTab } from "./settings_tab.tsx";

/** The content of a tab. */
type Tab = (parts: { state: Administration; words: AdminStrings }) => JSX.Element;

const TABS: Readonly<Record<AdminTab, Tab>> = {
  people: PeopleTab,
  rooms: RoomsTab,
  invites: InvitesTab,
  settings: SettingsTab,
  reports: ReportsTab,
  audit: AuditTab,
};

/** Everything that moderators and admins can do. */
export function AdministrationRegion({ tab }: { tab: AdminTab }): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const words = ADMIN_STRINGS[settings.spoken.value];
  const [state] = useState(() => new Administration(chat.requests));
  const tabs = useRef<HTMLDivElement>(null);
  const isOpen = chat.connection.state.value.kind === "open";
  useEffect(() => {
    if (isOpen) void state.load();
  }, [isOpen]);
  useEffect(() => () => state[Symbol.dispose](), []);
  useEffect(() => {
    const selected = tabs.current?.querySelector(`#tab-${tab}`);
    selected?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [tab]);

  function onKeyDown({ key }: KeyboardEvent): void {
    const index = ADMIN_TABS.indexOf(tab);
    const [previous, following] = [
      ADMIN_TABS.at(index - 1),
      ADMIN_TABS[index + 1] ?? ADMIN_TABS[0],
    ];
    const targets = {
      ArrowLeft: previous,
      ArrowRight: following,
      Home: ADMIN_TABS[0],
      End: ADMIN_TABS.at(-1),
    };
    const next = Object.entries(targets).find(([name]) => name === key)?.[1];
    if (next === undefined) return;
    visit(ADMIN_ADDRESS + next);
    tabs.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  }

  const Content = TABS[tab];
  const problem = state.problem.value;
  return (
    <section class="admin" role="region" aria-label={strings.administration}>
      <div class="tabs" role="tablist" ref={tabs} onKeyDown={onKeyDown}>
        {ADMIN_TABS.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`tab-${each}`}
            aria-selected={each === tab}
            aria-controls="admin-panel"
            tabIndex={each === tab ? 0 : -1}
            onClick={() => visit(ADMIN_ADDRESS + each)}
          >
            {words.tabs[each]}
          </button>
        ))}
      </div>
      <div class="admin-panel" id="admin-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        <p class="problem" role="alert">
          {problem !== undefined && errorWords(strings, problem)}
        </p>
        <Content state={state} words={words} />
      </div>
    </section>
  );
}
