using System.Text.Json;

namespace Sweeps.Actors.Reuse;

/// <summary>The validation losses in a training curve, a <c>curve.json</c> as docs/formats.md has it.</summary>
internal static class CurveLosses
{
    /// <summary>The losses of the steps that were evaluated, in order.</summary>
    /// <param name="json">the file's bytes</param>
    /// <exception cref="InvalidDataException">it is no training curve</exception>
    public static IReadOnlyList<EvaluatedAt> Read(byte[] json)
    {
        try
        {
            using var curve = JsonDocument.Parse(json);
            return
            [
                .. from point in curve.RootElement.GetProperty("points").EnumerateArray()
                   where point.TryGetProperty("evaluation", out var evaluation) && evaluation.ValueKind == JsonValueKind.Object
                   select new EvaluatedAt(
                       point.GetProperty("step").GetInt32(), point.GetProperty("evaluation").GetProperty("loss").GetDouble()),
            ];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"it is no training curve: {e.Message}", e);
        }
    }
}
