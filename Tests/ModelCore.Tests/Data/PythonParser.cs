using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Sweeps.ModelCore.Tests.Data;

/// <summary>The parser of the machine's python3.</summary>
internal static class PythonParser
{
    private const string Script = """
        import ast, json, sys
        bad = []
        for text in json.load(sys.stdin):
            try:
                ast.parse(text)
            except SyntaxError as e:
                bad.append(f"{e}\n{text}")
        json.dump(bad, sys.stdout)
        """;

    /// <summary>The documents that are not Python, with the parser's message.</summary>
    public static string[] Rejected(IReadOnlyList<string> documents)
    {
        var start = new ProcessStartInfo("python3", ["-c", Script]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        try
        {
            using var python = Process.Start(start)!;
            using (var input = python.StandardInput) input.Write(JsonSerializer.Serialize(documents));
            var output = python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            Assert.Equal(0, python.ExitCode);
            return JsonSerializer.Deserialize<string[]>(output)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("this test needs python3 on the PATH: it asks the real parser", e);
        }
    }
}
