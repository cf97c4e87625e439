import './lockdown';
import * as Comlink from 'comlink';
import { InspectService } from './inspection/inspectService';
import { installWireErrors } from './wireErrors';

installWireErrors();
Comlink.expose(new InspectService());
