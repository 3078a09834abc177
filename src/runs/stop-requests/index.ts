export { onStopRequest, StopRequests, type StopLevel } from './stop-requests.ts';
