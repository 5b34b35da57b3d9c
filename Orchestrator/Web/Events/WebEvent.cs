using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sweeps.Orchestrator.Web.Events;

/// <summary>Something that has happened to a sweep, for those who look on.</summary>
internal sealed class WebEvent
{
    private readonly Lazy<string> _text;

    private WebEvent(string id, string sweep, Lazy<string> text) => (Id, Sweep, _text) = (id, sweep, text);

    /// <summary>By which a stream that was cut off goes on behind it.</summary>
    public string Id { get; }

    public string Sweep { get; }

    /// <summary>The event as a stream has it, with its end.</summary>
    public string Text => _text.Value;

    /// <summary>An event.</summary>
    /// <param name="id">by which a stream goes on behind it</param>
    /// <param name="type">what it is called, as in the lines of <c>sweeps run --json</c></param>
    /// <param name="sweep">whose it is</param>
    /// <param name="time">when it was heard</param>
    /// <param name="fields">what it says; made when somebody wants to hear it, and once</param>
    public static WebEvent Of(string id, string type, string sweep, DateTimeOffset time, Func<JsonObject> fields) =>
        new(id, sweep, new Lazy<string>(() =>
        {
            var data = fields();
            data.Insert(0, "sweep", sweep);
            data.Insert(1, "time", time.ToString("O", CultureInfo.InvariantCulture));
            // No text of JSON has a line end.
            return $"id: {id}\nevent: {type}\ndata: {JsonSerializer.Serialize(data, JobJson.Options)}\n\n";
        }));

    /// <summary>An event that another process has heard.</summary>
    /// <param name="id">that it has there</param>
    /// <param name="sweep">whose it is</param>
    /// <param name="text">see <see cref="Text"/></param>
    public static WebEvent Of(string id, string sweep, string text) => new(id, sweep, new Lazy<string>(text));
}
