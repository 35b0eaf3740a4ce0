import { useEffect, useState } from "preact/hooks";
import { useApp } from "./context.ts";

/** The line that a person has about themselves, empty until it is loaded, and what notes another one. */
export function useAbout(person: string | undefined): [string, (text: string) => void] {
  const { chat } = useApp();
  const [about, setAbout] = useState("");
  const isOpen = chat.connection.state.value.kind === "open";
  useEffect(() => {
    if (!isOpen || person === undefined) return;
    let isLate = false;
    void chat.requests.ask({ type: "profile", person }).then((answer) => {
      if (!isLate && answer.ok && answer.line.type === "profile") setAbout(answer.line.about);
    });
    return () => {
      isLate = true;
    };
  }, [isOpen, person]);
  return [about, setAbout];
}
