namespace Sweeps.Search;

/// <summary>
/// A space, a state or an observation that a search cannot accept; the message names it, its value and what was expected.
/// </summary>
public sealed class SearchException(string message, Exception? innerException = null) : Exception(message, innerException);
