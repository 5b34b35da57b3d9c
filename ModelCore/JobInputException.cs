namespace Sweeps.ModelCore;

/// <summary>
/// A job asks for what cannot be: its corpus, tokenizer, task or options are outside what they may be. The message names the value
/// and what was expected. Every other argument exception is a fault of this program.
/// </summary>
internal sealed class JobInputException(string message) : ArgumentException(message);
