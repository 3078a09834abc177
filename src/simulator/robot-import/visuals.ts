import type { XmlElement } from '../../robot/xml/index.ts';

/** The model without texture files and skins: they are drawn only. */
export function withoutTextures(root: XmlElement): XmlElement {
  const isDrawing = ({ name, attributes }: XmlElement): boolean =>
    name === 'skin' || (name === 'texture' && Object.keys(attributes).some((key) => key.startsWith('file')));
  const removed = new Set<string>();
  const strip = (element: XmlElement): XmlElement => ({
    ...element,
    children: element.children
      .filter((child) => {
        if (!isDrawing(child)) return true;
        removed.add(child.attributes['name'] ?? '');
        return false;
      })
      .map(strip),
  });
  const stripped = strip(root);
  const detach = (element: XmlElement): XmlElement => {
    const { texture, ...others } = element.attributes;
    const isGone = texture !== undefined && (removed.has(texture) || removed.has(''));
    return {
      ...element,
      attributes: isGone ? others : element.attributes,
      children: element.children
        .filter(({ name, attributes }) => name !== 'layer' || !removed.has(attributes['texture'] ?? ''))
        .map(detach),
    };
  };
  return removed.size === 0 ? stripped : detach(stripped);
}

/** Names for all geoms in the world that have none: those of their bodies with a number. */
export function nameGeoms(root: XmlElement): XmlElement {
  const taken = new Set<string>();
  const collect = (element: XmlElement): void => {
    if (element.name === 'geom' && element.attributes['name'] !== undefined) taken.add(element.attributes['name']);
    element.children.forEach(collect);
  };
  collect(root);
  const name = (element: XmlElement, body: string): XmlElement => {
    const own = element.name === 'body' ? (element.attributes['name'] ?? body) : body;
    const children = element.children.map((child) => name(child, own));
    if (element.name !== 'geom' || element.attributes['name'] !== undefined) return { ...element, children };
    let given = own;
    for (let n = 1; taken.has(given); n++) given = `${own}_${n}`;
    taken.add(given);
    return { ...element, attributes: { name: given, ...element.attributes }, children };
  };
  return {
    ...root,
    children: root.children.map((child) => (child.name === 'worldbody' ? name(child, 'world') : child)),
  };
}

/**
 * The model without the given geoms, which touch nothing, on bodies whose inertia does not depend on them, and without the meshes that no
 * other element names.
 */
export function withoutGeoms(root: XmlElement, geoms: ReadonlySet<string>): XmlElement {
  const rule = root.children.find(
    ({ name, attributes }) => name === 'compiler' && attributes['inertiafromgeom'] !== undefined,
  );
  const inertia = rule?.attributes['inertiafromgeom'] ?? 'auto';
  if (inertia === 'true') return root;
  const isStated = ({ children }: XmlElement): boolean =>
    inertia === 'false' || children.some(({ name }) => name === 'inertial');
  const strip = (element: XmlElement, stated: boolean): XmlElement => {
    const here = element.name === 'body' ? isStated(element) : stated || element.name === 'worldbody';
    return {
      ...element,
      children: element.children
        .filter(({ name, attributes }) => !(here && name === 'geom' && geoms.has(attributes['name'] ?? '')))
        .map((child) => strip(child, here)),
    };
  };
  const stripped = {
    ...root,
    children: root.children.map((child) => (child.name === 'worldbody' ? strip(child, true) : child)),
  };
  const used = new Set<string>();
  const collect = ({ attributes, children }: XmlElement): void => {
    for (const key of ['mesh', 'hullmesh', 'objname', 'name1', 'name2'])
      if (attributes[key] !== undefined) used.add(attributes[key]);
    children.forEach(collect);
  };
  collect(stripped);
  const prune = (element: XmlElement): XmlElement => ({
    ...element,
    children: element.children
      .filter(
        ({ name, attributes }) =>
          name !== 'mesh' || attributes['file'] === undefined || used.has(attributes['name'] ?? ''),
      )
      .map(prune),
  });
  return {
    ...stripped,
    children: stripped.children.map((child) => (child.name === 'asset' ? prune(child) : child)),
  };
}
