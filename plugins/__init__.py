"""The plugins that come with Tsunagu; each uses the public interface only."""
