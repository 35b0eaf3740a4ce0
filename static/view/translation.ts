/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The elements that a browser's translation has put in the place of text nodes. */
const standIns = new WeakMap<Node, Element>();

/**
 * Keeps the page following while a browser translates it. A translation puts `<font>` elements in the place of
 * text nodes, or around them; what draws the page still knows the old nodes, and would change texts that nobody
 * sees, or fail.
 */
export function surviveTranslation(): void {
  new MutationObserver((records) => records.forEach(note))
    .observe(document.documentElement, { childList: true, subtree: true });

  const { insertBefore, removeChild } = Node.prototype;
  Node.prototype.insertBefore = function <T extends Node>(node: T, before: Node | null): T {
    insertBefore.call(this, node, before && childOf(this, before));
    return node;
  };
  Node.prototype.removeChild = function <T extends Node>(node: T): T {
    const child = childOf(this, node);
    if (child) removeChild.call(this, child);
    return node;
  };
  const data = Object.getOwnPropertyDescriptor(CharacterData.prototype, "data");
  Object.defineProperty(CharacterData.prototype, "data", {
    ...data,
    set(this: CharacterData, text: string) {
      data?.set?.call(this, text);
      // The translation is of the former text; the new one will be translated anew.
      const standIn = standIns.get(this);
      standIns.delete(this);
      if (standIn?.isConnected) standIn.replaceWith(this);
    },
  });
}

function note({ addedNodes, removedNodes, previousSibling, nextSibling }: MutationRecord): void {
  for (const removed of removedNodes) {
    if (!(removed instanceof Text) || removed.isConnected) continue;
    const standIn = [...addedNodes, previousSibling, nextSibling].find(isStandIn);
    if (standIn) standIns.set(removed, standIn);
  }
}

function isStandIn(node: Node | null): node is Element {
  return node instanceof Element && node.localName === "font";
}

/** The child of an element that stands for a node: itself, its translation, or what was put around it. */
function childOf(parent: Node, node: Node): Node | null {
  let child: Node | null = standIns.get(node) ?? node;
  while (child && child.parentNode !== parent) {
    child = isStandIn(child.parentNode) ? child.parentNode : null;
  }
  return child;
}
