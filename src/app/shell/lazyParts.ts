/** Parts of the page that are fetched after the first picture: when idle, or at once when they are asked for. */
export const loadCheckpoints = () => import('../views/CheckpointsView');
export const loadInspect = () => import('../views/InspectView');
export const loadGuide = () => import('../views/GuideView');
export const loadDialogs = () => import('../dialogs/Dialogs');
