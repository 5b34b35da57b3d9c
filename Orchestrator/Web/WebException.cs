namespace Sweeps.Orchestrator.Web;

/// <summary>The API cannot be served as the options want it; the message says which option, what it is, and what is wrong.</summary>
internal sealed class WebException(string message, Exception? innerException = null) : Exception(message, innerException);
