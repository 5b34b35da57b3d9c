using System.Text;
using Spectre.Console;

namespace Sweeps.Orchestrator.Cli;

/// <summary>Where tables are drawn: a writer, and whether it shows on a terminal.</summary>
/// <param name="writer">where they are written</param>
/// <param name="isTerminal">whether that is this process's terminal</param>
internal sealed class TerminalOutput(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
{
    private const int DefaultWidth = 80, DefaultHeight = 24;

    /// <inheritdoc/>
    public TextWriter Writer => writer;

    /// <inheritdoc/>
    public bool IsTerminal => isTerminal;

    /// <inheritdoc/>
    public int Width => Size(() => Console.BufferWidth, DefaultWidth);

    /// <inheritdoc/>
    public int Height => Size(() => Console.WindowHeight, DefaultHeight);

    /// <inheritdoc/>
    public void SetEncoding(Encoding encoding)
    {
        if (isTerminal) Console.OutputEncoding = encoding;
    }

    private int Size(Func<int> ask, int otherwise)
    {
        if (!isTerminal) return otherwise;
        try
        {
            return ask() is > 0 and var size ? size : otherwise;
        }
        catch (IOException)
        {
            // A terminal that does not say.
            return otherwise;
        }
    }
}
