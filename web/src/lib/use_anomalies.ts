// What is unlike itself now, for the navigation, the status line and the marks on charts. Asked for once, here.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { anomalies, type AnomalyPage } from "../api/anomalies";
import { useQuery, type Answer } from "./use_query";

// The detector looks every 5 minutes; a beat of the page is 5 seconds.
const EVERY_BEATS = 4;
const nothing: Answer<AnomalyPage> = { data: null, error: null, retry: () => undefined };
export const AnomaliesContext = createContext<Answer<AnomalyPage>>(nothing);
export const useOpenAnomalies = (): Answer<AnomalyPage> => useContext(AnomaliesContext);
export const useAnomaliesSource = (beat: number): Answer<AnomalyPage> => useQuery("anomalies open", (signal) => anomalies.list({ status: "open", limit: 200 }, signal), Math.floor(beat / EVERY_BEATS));
